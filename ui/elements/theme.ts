// Light, dark, or as the system says; kept in this browser only.

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const KEY = 'nearside-theme'

/** The theme that was chosen in this browser. */
export function currentTheme(): Theme {
  const stored = localStorage.getItem(KEY)
  return THEMES.find((theme) => theme === stored) ?? 'system'
}

/** Shows the page in a theme and keeps the choice. */
export function setTheme(theme: Theme): void {
  if (theme === 'system') {
    localStorage.removeItem(KEY)
    delete document.documentElement.dataset['theme']
  } else {
    localStorage.setItem(KEY, theme)
    document.documentElement.dataset['theme'] = theme
  }
}

/** Applies the kept choice; called once at the start of an app. */
export const restoreTheme = (): void => setTheme(currentTheme())
