// A process that the launcher `nearside` started ends with it. A signal that can be caught is passed on by the
// launcher itself; this is for the one that cannot, SIGKILL.

/** Set by the launcher; not passed on, because what this process starts has this process to end it. */
const LAUNCHED = 'NEARSIDE_LAUNCHED'

/** Ends this process in order when its launcher is gone; returns the function that lets go of it. */
export function endWithLauncher(): () => void {
  if (!process.env[LAUNCHED]) return () => undefined
  delete process.env[LAUNCHED]
  const end = (): void => void process.kill(process.pid, 'SIGTERM')
  if (!process.channel) end() // gone already
  process.once('disconnect', end)
  process.channel?.unref() // waiting for the launcher is no work
  return () => process.removeListener('disconnect', end)
}
