/**
 * What one document may multiply. Whoever writes a document shares the controller with others, so nothing in it
 * may cost more than a call or a reload of theirs can wait for. test/plan/cost.test.ts
 * shows what these figures come to.
 */

/** Read, checked and hashed in one go, in a process of its own. */
export const MOST_BYTES = 4 * 1024 * 1024

/** Of the document itself, `x-` fields included: each copy of it takes time for each. */
export const MOST_FIELDS = 1000

/** A document is prepared for its first call in one go, and other calls wait: some 10 ms for so many steps. */
export const MOST_STEPS = 5000

/** What is reached, what goes round and what is never used is worked out over all of them. */
export const MOST_PLANS = 1000

/** How deep plans may call one another. */
export const MOST_CALLS_DEEP = 10

/** Of plans that are called, branches included, counted anew at each place: each has a copy of its own for the walk. */
export const MOST_CALLED_STEPS = 5000

/** Of the address book: each is read by libphonenumber when a document is checked, and looked up by a call that wants it. */
export const MOST_ADDRESSES = 10_000

/** Each is kept prepared for its requests: URL, headers, secrets, the state of its server. */
export const MOST_WEBHOOKS = 1000

/** Each is a file or stream that somebody recorded. */
export const MOST_AUDIO = 1000

/** Each may be looked at for every call that comes to a step of it. */
export const MOST_SCHEDULES = 1000
export const MOST_HOURS = 100
export const MOST_CLOSED_DAYS = 1000

/** Of a document: the holidays of a year take 5 to 30 ms for each, once. */
export const MOST_HOLIDAY_REGIONS = 10

/** All of them are looked through for each digit that a caller keys. */
export const MOST_CHOICES = 1000

/** Each is a branch of its own, also where it has no steps. */
export const MOST_CHOICES_IN_ALL = 5000

/** Of a `switch`: each is a branch of its own, also where it has no steps. */
export const MOST_CASES = 1000
export const MOST_CASES_IN_ALL = 5000

/** Values that cases fit, in all: looked up when a call comes there, after some milliseconds the first time. */
export const MOST_MATCHES = 10_000

/** Each is read by libphonenumber, some 5 µs, and held in the index that every call is looked up in. */
export const MOST_NUMBERS = 100_000

/** Sent with each request. Servers take some 100 in all, proxies 8 KiB of them. */
export const MOST_HEADERS = 32
export const MOST_HEADER_BYTES = 8 * 1024

/** Each is filled in and encoded for each request, with up to 256 characters. */
export const MOST_PLACEHOLDERS = 32

/** Of texts for people, such as `description` and `note`: a page of it. */
export const LONGEST_TEXT = 2000

/** Of what names something in the document, as its definition does. */
export const LONGEST_NAME = 64

/** Of `env:NAME`. */
export const LONGEST_SECRET = 128
