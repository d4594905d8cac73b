// Builds the three pages of the user interface into ui/dist.

import { defineConfig } from 'vite'

const page = (name: string): string => `${import.meta.dirname}/${name}.html`

export default defineConfig({
  root: import.meta.dirname,
  // Pages are served at `/` and `/workbench/` alike, so their assets have one absolute address.
  base: '/',
  build: {
    outDir: 'dist',
    target: 'es2023',
    // page-weight.ts reads the manifest to add up what a page loads.
    manifest: true,
    rolldownOptions: {
      input: { kiosk: page('kiosk'), workbench: page('workbench'), console: page('console') }
    }
  }
})
