export { binaryArray, JSON_TYPE, TEXT } from './binary-array.ts'
export { connect, type Connection, type ConnectOptions, isOutage } from './connection.ts'
export { inTransaction } from './in-transaction.ts'
export { migrate, type Migrated, type Roles } from './migrate.ts'
export { requireSchema, type SchemaWatch, watchSchema } from './schema-state.ts'
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
