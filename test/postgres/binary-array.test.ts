import { Client } from 'pg'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { binaryArray, JSON_TYPE, TEXT } from '../../src/postgres/binary-array.ts'
import { openPostgres, type Postgres } from '../harness/postgres.ts'

let postgres: Postgres
let client: Client
beforeAll(async () => {
  postgres = await openPostgres()
  client = new Client({ connectionString: (await postgres.emptyDatabase()).url })
  await client.connect()
}, 60_000)
afterAll(async () => {
  await client.end()
  await postgres.close()
})

test('several-machines texts that are sent in binary arrive as they are', async () => {
  const texts = fc.string({ unit: 'binary' }).map((text) => text.toWellFormed().replaceAll('\0', ''))
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(texts, { nil: undefined })), async (values) => {
      const sent = [
        binaryArray(TEXT, values),
        binaryArray(
          TEXT,
          values.map((value) => (value === undefined ? value : Buffer.from(value))),
        ),
      ]
      const { rows } = await client.query<object>('SELECT $1::text[] AS texts, $2::text[] AS buffers', sent)
      const texts = values.map((value) => value ?? null)
      expect(rows).toEqual([{ texts, buffers: texts }])
    }),
  )
  const json = ['{"a": "\\"\\\\"}', '7'].map((text) => Buffer.from(text))
  const { rows } = await client.query<object>('SELECT $1::json[] AS json', [binaryArray(JSON_TYPE, json)])
  expect(rows).toEqual([{ json: [{ a: '"\\' }, 7] }])
})
