/** `GET /me` */
import { askJson } from './client.ts'

export type Right = 'read' | 'publish' | 'admin'

export interface Me {
  readonly name: string
  readonly right: Right
  /** Patterns of the documents that the token holds for; absent: all. */
  readonly documents?: readonly string[]
  readonly version: string
  readonly needsToken: boolean
}

export const readMe = (): Promise<Me> => askJson('/me')
