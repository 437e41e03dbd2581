/** What is refused on its way to FreeSWITCH, and how. */
import { expect } from 'vitest'

/** A call's id. */
export const ID = '3a8a7ee0-ded3-4ffa-bc0a-e1d3d2d5af49'
export const refused = (message?: RegExp) =>
  expect.objectContaining({
    code: 'refused',
    ...(message && { message: expect.stringMatching(message) as string }),
  }) as Error

/** Text that runs something on FreeSWITCH, or ends the line it stands in. */
export const hostile = [
  '${system touch /tmp/x}',
  'a ${caller_id_name} b',
  '$${base_dir}',
  '$\\{system x}',
  '$\\\\{system x}',
  "$'{system x}",
  "$\\'{system x}",
  '$"{system x}',
  '$$\\${system x}',
  'a\nb',
  'a\r\n\r\napi system touch /tmp/x',
  'a\n\nexit',
  'a\rb',
  'a\0b',
]
