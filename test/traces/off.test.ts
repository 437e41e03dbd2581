/** configuration `traces`: without it nothing of OpenTelemetry is loaded. */
import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const program = resolve(import.meta.dirname, 'loaded.ts')

/** Packages of OpenTelemetry that a controller loads, with a call on it. */
async function loaded(...config: string[]): Promise<string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...config])
  const urls = JSON.parse(stdout) as string[]
  const names = urls.flatMap((url) => /@opentelemetry\/([\w-]+)\//.exec(url)?.[1] ?? [])
  expect(urls.length).toBeGreaterThan(200)
  return [...new Set(names)].sort()
}

test('a controller without traces loads nothing but the interfaces that prom-client brings', async () => {
  expect(await loaded()).toEqual(['api'])
})

test('one with traces does', async () => {
  expect(await loaded('{"url":"http://127.0.0.1:9/v1/traces"}')).toEqual(
    expect.arrayContaining(['exporter-trace-otlp-http', 'sdk-trace']),
  )
})
