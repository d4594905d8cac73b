// Public face of the kit: what all three apps share, and every type. The elements of desk/, charts/ and
// bench-charts/ are loaded by `import '../elements/desk/index.ts'` and the like, so that an app carries only
// what it shows.

export { NsAge } from './age.ts'
export { NsAlarmStrip } from './alarm-strip.ts'
export type { DotLine, HeatCell, HeatRow, Stack } from './bench-charts/index.ts'
export { NsButton } from './button.ts'
export { domainOf } from './charts/geometry.ts'
export type { ChartEvent, ChartPoint, ColumnBar, Domain } from './charts/index.ts'
export type {
  Bar,
  Choice,
  Column,
  KeyHelp,
  NavGroup,
  NavItem,
  NsField,
  NsHelpDialog,
  NsSearchDialog,
  Order,
  RailSegment,
  SearchHit,
  Share,
  Square
} from './desk/index.ts'
export { NsDialog } from './dialog.ts'
export { NsEmpty } from './empty.ts'
export { NsFigure } from './figure.ts'
export { type IconName, icons } from './icons.ts'
export { type Failure, failureOf, Loader } from './loader.ts'
export { Narrow } from './narrow.ts'
export { NsProgress } from './progress.ts'
export { parseRoute, type Route, routeTo } from './route.ts'
export { go, HashRouter } from './router.ts'
export { shared } from './shared.styles.ts'
export { NsStatus } from './status.ts'
export { type StatusShape, shapeOfPriority } from './status-shapes.ts'
export { NsTabs, type Tab } from './tabs.ts'
export { currentTheme, restoreTheme, setTheme, THEMES, type Theme } from './theme.ts'
export { serverNow, setServerClock, Ticker } from './ticker.ts'
export { NsToast, showFailure, showToast, type ToastMessage } from './toast.ts'
