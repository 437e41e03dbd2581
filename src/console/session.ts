/** Who is logged in, and what that token may do. */
import { signal } from '@preact/signals'
import { ApiFault, keepToken, refusals, token } from './api/client.ts'
import { type Me, readMe, type Right } from './api/me.ts'

export type Session =
  | { readonly state: 'asking' }
  /** `why`: there was a token, and it does not hold. */
  | { readonly state: 'loggedOut'; readonly why?: 'tokenWrong' | 'tokenNoLonger' }
  | { readonly state: 'loggedIn'; readonly me: Me }
  /** Without a token only the controller's machine is answered, and this is not it. */
  | { readonly state: 'refused'; readonly fault: ApiFault }
  /** `given`: the token that was typed, of which nobody knows yet whether it holds. */
  | { readonly state: 'failed'; readonly fault: ApiFault; readonly given?: string }

export const session = signal<Session>({ state: 'asking' })

const RIGHTS: readonly Right[] = ['read', 'publish', 'admin']

/** Whether the token has this right; what it may see of documents is what the API shows it. */
export function may(right: Right): boolean {
  const now = session.value
  return now.state === 'loggedIn' && RIGHTS.indexOf(now.me.right) >= RIGHTS.indexOf(right)
}

/** Whether it has this right for all documents, as what concerns the whole set needs. */
export function mayForAll(right: Right): boolean {
  const now = session.value
  return may(right) && now.state === 'loggedIn' && now.me.documents === undefined
}

/** Asks who this is, with the token that is kept or with this one. */
export async function enter(given?: string): Promise<void> {
  const isNew = given !== undefined
  const hadToken = isNew || token.value !== undefined
  if (isNew) keepToken(given)
  else session.value = { state: 'asking' }
  try {
    session.value = { state: 'loggedIn', me: await readMe() }
  } catch (error) {
    if (!(error instanceof ApiFault)) throw error
    if (error.code === 'unauthorized') {
      keepToken(undefined)
      session.value = hadToken
        ? { state: 'loggedOut', why: isNew ? 'tokenWrong' : 'tokenNoLonger' }
        : { state: 'loggedOut' }
    } else if (error.code === 'forbidden') session.value = { state: 'refused', fault: error }
    else session.value = { state: 'failed', fault: error, ...(isNew && { given }) }
  }
}

export function logOut(): void {
  keepToken(undefined)
  session.value = { state: 'loggedOut' }
}

refusals.onUnauthorized = () => {
  if (session.value.state !== 'loggedIn') return
  keepToken(undefined)
  session.value = { state: 'loggedOut', why: 'tokenNoLonger' }
}
