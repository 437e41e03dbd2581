/** Headers of webhook requests that a plan cannot set: HTTP or the controller does. */

const RESERVED =
  /^(host|connection|keep-alive|content-length|content-type|transfer-encoding|te|trailer|upgrade|expect|accept-encoding|user-agent|idempotency-key|proxy-.*|webhook-.*)$/i

/** An error in a plan; a revision that was taken before it was one has it left out of its requests. */
export function isReservedHeader(name: string): boolean {
  return RESERVED.test(name)
}
