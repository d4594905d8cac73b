// The public face of the text analysis.

export { chooseDomain, chooseRoleDomain, type Domain } from './choose-domain.ts'
export { type DocumentRoles, labelRoles, type RoleDomain } from './label-roles.ts'
export { FEATURE_NAMES, sentenceFeatures } from './sentence-features.ts'
export { splitSentences } from './split-sentences.ts'
export { documentTerms } from './term-vectors.ts'
export { ROLE_MODEL, textAnalysis } from './text-analysis.ts'
export { TextOptions } from './text-options.ts'
export { contentWords } from './words.ts'
