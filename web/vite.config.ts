import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

const SERVICE = 'http://127.0.0.1:8600'

export default defineConfig({
  plugins: [react()],
  build: {
    // The service's Content-Security-Policy lets nothing inline through: no data: addresses, no inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 800,
  },
  server: { proxy: { '/api': SERVICE } },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/browser.ts'],
    isolate: false,
    testTimeout: 60_000, // a busy machine is slow, and nothing here is about time
  },
})
