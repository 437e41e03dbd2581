export { MAX_HOPS, nextHop, readHopCount, type HopCount } from './hops.ts'
export { createRouter, type DialPermission, type Router } from './router.ts'
export { compileRoute, missingGroup, patternFault, type Route, type RouteEntry } from './routes.ts'
