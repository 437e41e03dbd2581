export { binaryArray, JSON_TYPE, TEXT } from './binary-array.ts'
export { connect, type Connection, type ConnectOptions, isOutage } from './connection.ts'
export { migrate, type Migrated, type Roles } from './migrate.ts'
export { requireSchema } from './schema-state.ts'
export type {
  CallsTable,
  ChangesTable,
  ClaimsTable,
  ContentsTable,
  ControllersTable,
  CountsTable,
  EventHoldersTable,
  EventsTable,
  PendingTable,
  RevisionsTable,
  ServingTable,
  Tables,
} from './tables.ts'
