// Phrases that tell what a sentence is good for: a finding, a conclusion, a contribution, an aim, a
// limitation. Each class is a feature of the rankers; how much it counts is fitted, not written here.

/** Class name → pattern. The order is that of the features; see sentence-features.ts. */
export const CUE_CLASSES = {
  significance:
    /\bsignifican(?:t|tly|ce)\b|\bp\s*[-<>=≤≥]|\bconfidence interval|\b95\s?%\s?ci\b|\bci\b\s*[:=,]?\s*\d/i,
  notDifferent:
    /\b(?:no|not|non)[- ](?:\w+ ){0,3}?(?:differ\w*|significan\w*|effect|change|improve\w*|affect\w*|reduc\w*|associat\w*)\b|\bsimilar\b|\bcomparable\b|\bneither\b|\bas effective as\b/i,
  direction:
    /\b(?:higher|lower|greater|fewer|less|more|better|worse|faster|slower|shorter|longer|larger|smaller)\b|\b(?:increas|decreas|reduc|improv|declin|worsen|rose|fell|drop|exceed|outperform)\w*/i,
  comparison:
    /\bcompared (?:with|to)\b|\bversus\b|\bvs\b|\bthan\b|\bcontrols?\b|\bplacebo\b|\brelative to\b|\bbetween (?:the )?(?:two |three |both )?groups\b|\bbaseline\b/i,
  effect:
    /\b(?:hazard|odds|risk|rate) ratio|\brelative risk|\bmean difference|\b(?:hr|or|rr|smd|md)\s*[=:,]?\s*\d/i,
  concludes:
    /\bconclu|\bsuggest(?:s|ed|ing)?\b|\bindicat(?:e|es|ed|ing)\b|\bour (?:findings|results|study|data)\b|\bthese (?:findings|results|data)\b|\bin summary\b|\btherefore\b|\bthus\b|\boverall\b/i,
  contributes:
    /\bwe (?:\w+ ){0,2}?(?:propose|present|introduce|develop|describe|provide|design|build|offer|derive|devise)\b|\bthis (?:paper|work|article|study) (?:\w+ )?(?:proposes|presents|introduces|describes|develops)\b|\bis proposed\b/i,
  demonstrates:
    /\bwe (?:\w+ ){0,2}?(?:show|demonstrate|find|found|prove|observe|establish|achieve|report)\b|\b(?:experiments?|results?|evaluation) (?:\w+ ){0,4}?(?:show|demonstrate|indicate|confirm)\b/i,
  here: /\bin this (?:paper|work|article|study|report)\b|\bthis (?:paper|work|article|report)\b|\bhere,? we\b/i,
  aims: /\b(?:aim|aims|aimed|objective|purpose|goal|hypothes\w+)\b|\bto (?:assess|evaluate|investigate|determine|examine|compare|explore|test)\b/i,
  procedure:
    /\b(?:randomi[sz]ed|were (?:assigned|allocated|measured|recruited|enrolled|assessed|collected|recorded)|was (?:measured|assessed|performed|conducted)|double-blind|questionnaire|follow(?:ed)?[- ]up|aged?)\b/i,
  outcome:
    /\b(?:primary|secondary|main) (?:outcome|end ?point|result)|\bmortality\b|\bsurvival\b|\bincidence\b/i,
  contrast: /^(?:however|but|yet|although|despite|while|unlike|nevertheless)\b|\bhowever\b/i,
  background:
    /\b(?:recent(?:ly)?|widely|commonly|has been|have been|is an? (?:important|common|major|key|fundamental)|little is known|remains?|increasingly|traditional(?:ly)?)\b/i,
  limits:
    /\bfurther (?:research|studies|work|trials|investigation)\b|\bfuture work\b|\blimitation|\bwarranted\b|\bneeded\b|\bregistration\b|\btrial regist/i,
  continues:
    /^(?:furthermore|moreover|in addition|additionally|finally|also|specifically|in particular|for example)\b/i,
  safety:
    /\badverse\b|\bside effects?\b|\bsafety\b|\btolerated\b|\bfail(?:s|ed|ure|ures)?\b|\balarm|\bfault|\bdefect|\bleak|\bworn\b|\bbroken\b|\bdamage|\bdelay|\boverload|\berrors?\b/i,
  advises: /\b(?:recommend\w*|should|must|advise\w*|urgent\w*|immediately|replace\w*|action)\b/i
} as const satisfies Record<string, RegExp>

export type CueClass = keyof typeof CUE_CLASSES
export const CUE_NAMES = Object.keys(CUE_CLASSES) as readonly CueClass[]

/** One number a class: 1 when the sentence has such a phrase. */
export function cuesOf(sentence: string): number[] {
  return CUE_NAMES.map((name) => (CUE_CLASSES[name].test(sentence) ? 1 : 0))
}

/** Numbers that a finding carries: all, percentages, and significance values. */
export function numbersOf(
  sentence: string
): readonly [all: number, percent: number, tests: number] {
  const all = sentence.match(/\d+(?:[.,]\d+)*/g)?.length ?? 0
  const percent = sentence.match(/\d\s?%/g)?.length ?? 0
  const tests = sentence.match(/\bp\s*[<>=≤≥]\s*0?\.\d|\bci\b/gi)?.length ?? 0
  return [all, percent, tests]
}
