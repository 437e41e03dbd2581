export { openLink, type Link, type LinkOptions } from './link.ts'
