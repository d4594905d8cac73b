"""Abstracts of our own writing: inputs of golden.json and the tokeniser's test vectors. None comes from a data set."""

MEDICINE = [
    "Night shifts disturb sleep, and tired nurses make more mistakes.",
    "We asked whether a short nap during the shift keeps attention up.",
    "In this randomised trial, 124 nurses of three hospitals took a 20-minute nap or a usual break.",
    "The primary outcome was the number of lapses in a 10-minute reaction test at 05:00.",
    "Analyses were by intention to treat with a mixed model.",
    "Lapses fell from 6.1 to 3.8 in the nap group (difference −2.3, 95% CI −3.1 to −1.5; p < 0.001).",
    "Sleepiness scores did not differ between the groups (p = 0.41).",
    "No adverse events were reported.",
    "A short nap during night shifts improves attention and is easy to organise.",
    "The trial was registered at ClinicalTrials.gov as NCT00000000.",
]
COMPUTING = [
    "Small devices on the factory floor produce more readings than a network can carry.",
    "Existing compressors assume that all readings are equally important.",
    "In this paper we present a codec that keeps the rare readings exact.",
    "It combines a running forecast with a residual code of variable length.",
    "We implemented it in 900 lines of C and ran it on four microcontrollers.",
    "Experiments show that it needs 2.7× less bandwidth than the best baseline at equal error.",
    "© The authors. All rights reserved.",
]
PLAIN = ["The pump was replaced on Monday, and vibration fell below 2.8 mm/s."]
HEADED = [
    "Background: Dry eyes trouble many people who work at screens.",
    "Objective: To compare blinking exercises with artificial tears over 6 weeks.",
    "Methods: Sixty-two volunteers were allocated by sealed envelopes.",
    "Results: Both groups improved, by 31% and 29%, respectively.",
    "Conclusions: Exercises work as well as drops and cost nothing.",
]
VECTORS = [
    "Lapses fell from 6.1 to 3.8 (95% CI −3.1 to −1.5; p < 0.05) in 1,204 patients.",
    "Naïve Bayes reached an F₁ of 87.5%, i.e. 3 points above the SVM‐based baseline!",
    "HbA1c ≤ 7.0 % at week 12/24, 5·3 mmol/L — n=36",
    "© 2021 Ünïted Wörks; see https://example.org/a_b?x=1",
    "Zyxomatic 東京 qwrtplk\tand\u00a0a non-breaking space…",
    "😀 3D-printed (\"PLA+\") parts: 10^-3 m",
]
