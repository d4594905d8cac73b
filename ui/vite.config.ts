import { defineConfig } from 'vite'

const page = (name: string): string => `${import.meta.dirname}/${name}.html`

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  build: {
    outDir: 'dist',
    target: 'es2023',
    rolldownOptions: {
      input: { kiosk: page('kiosk'), workbench: page('workbench'), console: page('console') }
    }
  }
})
