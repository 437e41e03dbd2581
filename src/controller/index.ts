export { startController, type Controller } from './controller.ts'
export { warnAtStart } from './start-warnings.ts'
export { systemdNotifier } from './systemd.ts'
export { forgetPerson } from './forget-person.ts'
