import { defineConfig } from 'vite'

/**
 * `vite build web` puts the page into web/dist: index.html, and what it loads in assets/. The page is served at /portal
 * and below, each time with a fresh nonce in the place of `__NONCE__`.
 */
// biome-ignore lint/style/noDefaultExport: it is what vite reads
export default /* oxlint-disable-line import/no-default-export */ defineConfig({
  base: '/portal/',
  html: { cspNonce: '__NONCE__' },
  build: {
    // One script and one stylesheet: nothing to load ahead, and nothing inline that a nonce would have to cover.
    modulePreload: false,
    assetsInlineLimit: 0,
    reportCompressedSize: true,
  },
})
