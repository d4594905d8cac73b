// Which words end in a full stop without ending a sentence. English first, with the abbreviations of
// science, medicine and maintenance; a document in another language loses a little precision, no text.

/** A full stop after these never ends a sentence: a name or a number follows. */
const NEVER =
  'dr mr mrs ms prof rev gen col capt lt sgt hon fig figs eq eqs ref refs sec ch chap vol pp vs cf ' +
  'viz approx ca resp eds tab suppl dept st mt ft univ assoc wk wks yr yrs hr hrs sp spp var subsp ' +
  'i.e e.g i.v i.m s.c p.o b.i.d t.i.d q.d incl excl ext tel rm bldg'

/** A full stop after these ends a sentence only when a word that opens sentences follows. */
const SOMETIMES =
  'al etc inc ltd co corp jr sr u.s u.k u.s.a e.u a.m p.m ph.d m.d b.sc m.sc d.c no nos op ed art ' +
  'min max avg est jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun ' +
  'mg ml kg cm mm in oz lb temp misc rev pt pat'

/** A full stop after these does not end a sentence when a number follows ("No. 5", "p. 12"). */
const BEFORE_NUMBER = 'no nos p pp art op vol ch sec fig eq ref item pos pt nr v ver approx ca'

/** Words that open a sentence far more often than they follow an abbreviation or an initial. */
const OPENERS =
  'the this that these those a an in on at for from with by to of as if when while where after ' +
  'before during since although though however moreover furthermore therefore thus hence finally ' +
  'also both each all no most many some several our we they it he she i you there here their its ' +
  'patients participants results conclusion conclusions methods background objective one two ' +
  'among between under using based compared overall further additionally but and or so yet then ' +
  'what why how who which such because despite unlike recent recently first second third next'

/** Nouns after which a single capital letter is a name ("vitamin C.", "group B."), not an initial. */
const LETTERED =
  'vitamin hepatitis group type grade class appendix table figure plan phase step model part line ' +
  'pump unit room bay zone arm option case section point protein factor influenza block ' +
  'workshop hall building station pipe motor tank batch sample shelf variant version site team ward ' +
  'cohort drug treatment subgroup region level mode method condition scenario experiment dataset ' +
  'device sensor boiler'

const setOf = (words: string): ReadonlySet<string> => new Set(words.split(/\s+/))

export const NEVER_ENDS = setOf(NEVER)
export const SOMETIMES_ENDS = setOf(SOMETIMES)
export const BEFORE_NUMBERS = setOf(BEFORE_NUMBER)
export const SENTENCE_OPENERS = setOf(OPENERS)
export const LETTERED_NOUNS = setOf(LETTERED)
