import { defineConfig } from 'vite'

/** Two documents: what anyone may see, and what operators see. They share what both need. */
export default defineConfig({
  base: './',
  publicDir: false,
  build: {
    target: 'es2023',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: { input: { watch: 'index.html', admin: 'admin.html' } },
  },
})
