// How devices become part of the fleet.

export { ConsoleEnrolment } from './enrolment-screen.ts'
