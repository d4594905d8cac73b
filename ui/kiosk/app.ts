// The kiosk.
import '../elements/index.ts'
import '../elements/charts/index.ts'
