/** `a`, `a and b`, `a, b and c`; past `most` items the rest is counted: `a, b and 3 more`. */
export function listed(
  items: readonly string[],
  { word = 'and', most = 20 }: { readonly word?: 'and' | 'or'; readonly most?: number } = {},
): string {
  const shown = items.length > most ? [...items.slice(0, most), `${items.length - most} more`] : items
  const last = shown.at(-1) ?? ''
  return shown.length < 2 ? last : `${shown.slice(0, -1).join(', ')} ${word} ${last}`
}
