/** Syntax errors of JSON, in plain words. */
import { printParseErrorCode, visit, type ParseErrorCode } from 'jsonc-parser'

const SYNTAX: Readonly<Record<string, string>> = {
  InvalidSymbol: 'this is no JSON value; text needs double quotes',
  InvalidNumberFormat: 'this is no JSON number',
  PropertyNameExpected: 'a name in double quotes must come here; a comma before } has to go',
  ValueExpected: 'a value must come here; a comma before ] has to go',
  ColonExpected: 'a colon must come here',
  CommaExpected: 'a comma must come before this',
  CloseBraceExpected: 'a } is missing',
  CloseBracketExpected: 'a ] is missing',
  EndOfFileExpected: 'nothing may follow the document',
  InvalidCommentToken: 'comments are not JSON; use "description" or a field that begins with "x-"',
  UnexpectedEndOfComment: 'comments are not JSON; use "description" or a field that begins with "x-"',
  UnexpectedEndOfString: 'the text does not end; a double quote is missing on this line',
  UnexpectedEndOfNumber: 'this number is not complete',
  InvalidUnicode: 'after \\u four hexadecimal digits must come',
  InvalidEscapeCharacter: 'this cannot follow a backslash; write \\\\ for a backslash itself',
  InvalidCharacter: 'control characters and line ends cannot stand in text; write \\n or \\t',
}

/** Ends the parser at the first fault: others mostly follow from it. */
const ENOUGH = new Error('the first fault was found')

/** The first fault of a text that `JSON.parse` refused with `error`, and where it is. */
export function syntaxFault(text: string, error: unknown): { offset: number; message: string } {
  const first = firstError(text)
  const sentence = first && SYNTAX[printParseErrorCode(first.code)]
  const message = sentence ?? (error instanceof Error ? error.message : 'the text cannot be read')
  return { offset: first?.offset ?? 0, message: `not JSON: ${message}` }
}

function firstError(text: string): { code: ParseErrorCode; offset: number } | undefined {
  let first: { code: ParseErrorCode; offset: number } | undefined
  try {
    visit(
      text,
      {
        onError(code, offset) {
          first = { code, offset }
          throw ENOUGH
        },
      },
      { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false },
    )
  } catch (error) {
    if (error !== ENOUGH) throw error
  }
  return first
}
