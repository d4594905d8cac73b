// Public face of the privacy screen.

export { KioskPrivacy } from './privacy-screen.ts'
