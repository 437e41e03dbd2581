export type { ListedController, ListedControllers } from './listed-controller.ts'
export type { Own } from './messages.ts'
export { openSharing, type Sharing } from './sharing.ts'
