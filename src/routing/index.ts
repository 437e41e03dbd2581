export { createScreening, dialFor, refusalOf, type Routing } from './dial.ts'
export { MAX_HOPS, nextRound, roundsOf, type Rounds } from './hops.ts'
export { compileRoute, missingGroup, patternFault, type Route, type RouteEntry } from './routes.ts'
