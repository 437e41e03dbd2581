import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { belplan as belplanIn } from './belplan.ts'

let folder: string
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'belplan-fmt-'))))
afterEach(() => rm(folder, { recursive: true }))

const fmt = (...args: string[]) => belplanIn(['fmt', ...args], { cwd: folder })
const file = (name: string, text: string) => writeFile(join(folder, name), text)
const textOf = (name: string) => readFile(join(folder, name), 'utf8')

const untidy = '{"plans":{"main":{"steps":[],"numbers":["215"]}}}'
const tidy = '{ "plans": { "main": { "numbers": ["215"], "steps": [] } } }\n'

const untidyTests = '{"cases":[{"expect":{"ends":"noPlan"},"call":{"did":"1"},"name":"n"}],"version":1}'
const tidyTests =
  '{ "version": 1, "cases": [{ "name": "n", "call": { "did": "1" }, "expect": { "ends": "noPlan" } }] }\n'

describe('command-line fmt', () => {
  test('lays out what is in a folder, sub-folders included, and names it', async () => {
    await mkdir(join(folder, 'plans/north'), { recursive: true })
    for (const name of ['b.json', 'north/a.json', '.c.json', 'd.txt']) await file(`plans/${name}`, untidy)
    await file('plans/b.test.json', untidyTests)
    await file('plans/tidy.json', tidy)
    expect(await fmt('plans')).toEqual({
      code: 0,
      out: 'plans/b.json\nplans/b.test.json\nplans/north/a.json',
      err: '',
    })
    for (const name of ['b.json', 'north/a.json']) expect(await textOf(`plans/${name}`)).toBe(tidy)
    expect(await textOf('plans/b.test.json')).toBe(tidyTests)
    for (const name of ['.c.json', 'd.txt']) expect(await textOf(`plans/${name}`)).toBe(untidy)
    expect((await readdir(join(folder, 'plans'))).sort()).toEqual([
      '.c.json',
      'b.json',
      'b.test.json',
      'd.txt',
      'north',
      'tidy.json',
    ])
    expect(await fmt('plans')).toEqual({ code: 0, out: '', err: '' })
  })

  test('--check changes nothing, names the files, and is 1', async () => {
    await file('a.json', untidy)
    await file('b.json', tidy)
    const { code, out, err } = await fmt('--check', 'a.json', 'b.json')
    expect([code, out]).toEqual([1, 'a.json'])
    expect(err).toBe('to be laid out: 1 of 2; leave out --check to do it')
    expect(await textOf('a.json')).toBe(untidy)
    expect(await fmt('--check', 'b.json')).toEqual({ code: 0, out: '', err: '' })
  })

  test('a file that cannot be read is left as it is, told with its place, and 1; others are laid out', async () => {
    await file('a.json', '{\n  "plans": {,}\n}')
    await file('b.json', untidy)
    const { code, out, err } = await fmt('.')
    expect([code, out]).toEqual([1, 'b.json'])
    expect(err).toMatch(/^a\.json:2:13 not JSON: /)
    expect(await textOf('a.json')).toBe('{\n  "plans": {,}\n}')
  })

  test('--json has a line for each file', async () => {
    await file('a.json', '{')
    await file('b.json', untidy)
    const { code, out, err } = await fmt('--json', '--check', '.')
    expect([code, err]).toEqual([1, ''])
    expect(out.split('\n').map((line) => JSON.parse(line) as unknown)).toEqual([
      { file: 'a.json', changed: false, faults: [expect.objectContaining({ line: 1, column: 2 })] },
      { file: 'b.json', changed: true },
    ])
  })

  test('keeps the permissions of a file, and a link', async () => {
    await file('a.json', untidy)
    await chmod(join(folder, 'a.json'), 0o640)
    await symlink('a.json', join(folder, 'link.json'))
    expect(await fmt('link.json')).toEqual({ code: 0, out: 'link.json', err: '' })
    expect((await lstat(join(folder, 'link.json'))).isSymbolicLink()).toBe(true)
    expect((await stat(join(folder, 'a.json'))).mode & 0o777).toBe(0o640)
    expect(await textOf('a.json')).toBe(tidy)
  })

  test('a path that is not there: 1, with a message', async () => {
    const { code, out, err } = await fmt('none.json')
    expect([code, out]).toEqual([1, ''])
    expect(err).toBe('belplan: cannot read none.json: there is no such file or folder')
  })
})
