/** Arrays as PostgreSQL receives them in binary: a text is there as it is, where pg's own form escapes each quote of it. */

/** Of element types (pg_type.dat). */
export const TEXT = 25
export const JSON_TYPE = 114

/** For a parameter that is an array of `type`, of which undefined is NULL; a text is UTF-8 without NUL. (array_recv in arrayfuncs.c) */
export function binaryArray(type: number, values: readonly (string | Buffer | undefined)[]): Buffer {
  let bytes = HEADER_BYTES
  for (const value of values) bytes += 4 + lengthOf(value)
  const array = Buffer.allocUnsafe(bytes)
  // One dimension, with NULLs in it perhaps, from 1 on.
  let at = array.writeInt32BE(1, 0)
  at = array.writeInt32BE(1, at)
  at = array.writeInt32BE(type, at)
  at = array.writeInt32BE(values.length, at)
  at = array.writeInt32BE(1, at)
  for (const value of values) {
    if (value === undefined) {
      at = array.writeInt32BE(-1, at)
      continue
    }
    const start = at + 4
    const length = typeof value === 'string' ? array.write(value, start) : value.copy(array, start)
    array.writeInt32BE(length, at)
    at = start + length
  }
  return array
}

const HEADER_BYTES = 20

const lengthOf = (value: string | Buffer | undefined): number =>
  typeof value === 'string' ? Buffer.byteLength(value) : (value?.length ?? 0)
