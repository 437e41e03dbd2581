/** The console's build: `dist/console/`, each file as it is, as brotli and as gzip. */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { defineConfig, type Plugin } from 'vite'

/** The controller sends what the browser can read, and compresses nothing itself. */
const precompress: Plugin = {
  name: 'precompress',
  writeBundle({ dir = '' }) {
    for (const name of readdirSync(dir, { recursive: true, encoding: 'utf8' })) {
      const file = join(dir, name)
      if (!statSync(file).isFile()) continue
      const bytes = readFileSync(file)
      writeFileSync(
        `${file}.br`,
        brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }),
      )
      writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }))
    }
  },
}

const JSON_LANGUAGE = join(import.meta.dirname, 'src/console/views/change/json-language.ts')

export default defineConfig({
  root: join(import.meta.dirname, 'src/console'),
  base: '/console/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  resolve: {
    // It is read there why.
    alias: { '@codemirror/language': JSON_LANGUAGE, '@lezer/common': JSON_LANGUAGE },
  },
  plugins: [precompress],
  build: {
    outDir: join(import.meta.dirname, 'dist/console'),
    emptyOutDir: true,
    // The browsers of 2024, which know `light-dark()`.
    target: ['chrome123', 'firefox121', 'safari17.5'],
    // The policy of the page has no `data:`.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    cssCodeSplit: false,
  },
})
