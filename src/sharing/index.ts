export type { ListedController, ListedControllers } from './listed-controller.ts'
export type { Own, SeenController } from './messages.ts'
export { openSharing, type Sharing, type StoreAnswer } from './sharing.ts'
