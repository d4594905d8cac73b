// Server-sent events for tests; comes back after a cut, as a browser does.

export interface ServerEvent {
  readonly name: string
  readonly data: unknown
}

/** Events of a stream without end; while the server is away it is asked again and again. */
export async function* fetchEventSource(url: string): AsyncGenerator<ServerEvent, void, void> {
  for (;;) {
    const response = await fetch(url).catch(() => undefined)
    if (response?.body) yield* read(response.body)
    else await new Promise((resolve) => setImmediate(resolve))
  }
}

async function* read(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent, void, void> {
  let text = ''
  try {
    for await (const chunk of body.pipeThrough(
      new TextDecoderStream() as never
    ) as unknown as AsyncIterable<string>) {
      const blocks = (text + chunk).split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        const name = /^event: (.*)$/m.exec(block)?.[1]
        const data = /^data: (.*)$/m.exec(block)?.[1]
        if (name && data) yield { name, data: JSON.parse(data) }
      }
    }
  } catch {
    // the server went away; the caller's loop comes back to it
  }
}
