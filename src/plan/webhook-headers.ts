/** Headers of webhook requests that a plan cannot set: HTTP or the controller does. */

const RESERVED =
  /^(host|connection|keep-alive|content-length|content-type|transfer-encoding|te|trailer|upgrade|expect|accept-encoding|user-agent|idempotency-key|proxy-.*|webhook-.*)$/i

/** Whether the controller leaves a plan's value for this header out of the request. */
export function isReservedHeader(name: string): boolean {
  return RESERVED.test(name)
}
