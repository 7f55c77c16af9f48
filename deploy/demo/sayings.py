"""What people read about each message of the story: a sentence in Swedish, and its gloss.

Nothing here decides anything; a step without its sentence stops the demo before it begins.
"""

from __future__ import annotations

SAYINGS = {
    "form issued": (
        "Socialtjänsten lämnar in samtyckesblanketten för en 13-åring.",
        "Social services submit the consent form of a 13-year-old.",
    ),
    "first guardian signs": ("Den ena vårdnadshavaren skriver under.", "One guardian signs."),
    "second guardian signs": (
        "Den andra vårdnadshavaren skriver under. Nu gäller samtycket.",
        "The other guardian signs: the consent is active.",
    ),
    "school submits": (
        "Skolan lämnar en iakttagelse om skolfrånvaro.",
        "The school submits an observation on absence.",
    ),
    "police submit": (
        "Polisen lämnar en iakttagelse om riskmiljö.",
        "The police submit an observation on a risk environment.",
    ),
    "youth centre submits": (
        "Fritidsgården lämnar en iakttagelse om beteende. Tre verksamheter har sett något inom 28 dagar.",
        "The youth centre submits an observation on behaviour: three agencies within 28 days.",
    ),
    "weekly meeting planned": (
        "Samordnaren planerar veckomötet mellan socialtjänst och polis, tisdagar 09.00. Åtta veckor kallas på en gång.",
        "The coordinator plans the weekly meeting: eight weeks are called at once.",
    ),
    "place event": (
        "Faxeholmen anmäler misstänkt narkotikahantering i ett trapphus på Östra Berget. Ingen person nämns.",
        "The housing company reports a place event; no person is named.",
    ),
    "weekly report": (
        "Faxeholmen lämnar veckorapporten för vecka 47.",
        "The housing company submits its weekly report.",
    ),
    "minutes recorded": (
        "Mötet är slut. Samordnaren skriver in protokollet: socialtjänsten ska kontakta vårdnadshavarna.",
        "Minutes are recorded, with one action for social services.",
    ),
    "guardian withdraws": (
        "En vårdnadshavare ringer och tar tillbaka samtycket.",
        "A guardian withdraws the consent by phone.",
    ),
    "school submits again": (
        "Skolan lämnar en ny iakttagelse. Utan samtycke stannar den hos skolan.",
        "The school submits again; without a consent it stays with the school.",
    ),
    "may the police be told": (
        "Socialtjänsten undrar om polisen får veta något om en 17-åring. Det finns inget samtycke.",
        "Social services ask whether the police may be told about a 17-year-old without a consent.",
    ),
    "assessment made": (
        "Socialtjänsten gör bedömningen enligt 10 kap. 18 a § OSL: risk för brott framöver, inte olämpligt.",
        "Social services make the assessment under OSL 10:18 a.",
    ),
    "social services submit": (
        "Socialtjänsten lämnar en iakttagelse om riskmiljö.",
        "Social services submit an observation on a risk environment.",
    ),
    "may they be told now": (
        "Socialtjänsten frågar igen om polisen.",
        "Social services ask again about the police.",
    ),
    "may the school be told": (
        "Socialtjänsten frågar om skolan. Bedömningen gäller bara polisen.",
        "Social services ask about the school; the assessment is for the police alone.",
    ),
    "sspf planned": (
        "Samordnaren planerar SSPF-mötet, torsdagar 13.00. Två torsdagar är röda: hon får frågan vad som ska gälla då.",
        "The coordinator plans the SSPF meeting on Thursdays; two of them are red days, and she is asked about each.",
    ),
    "red Thursday moved": (
        "Samordnaren svarar om nyårsafton: mötet hålls dagen före, onsdag 30 december.",
        "The coordinator answers for New Year's Eve: the meeting is held the day before.",
    ),
    "weekly meeting moved": (
        "Samordnaren flyttar veckomötet den 22 december till måndagen den 21, i Kommunhuset.",
        "The coordinator moves the weekly meeting of 22 December to the Monday before, elsewhere.",
    ),
    "weekly meeting cancelled": (
        "Samordnaren ställer in veckomötet den 29 december.",
        "The coordinator cancels the weekly meeting of 29 December.",
    ),
    "action completed": (
        "Socialtjänsten rapporterar åtgärden som gjord. Den står inte på fler dagordningar.",
        "Social services report the action as done: it leaves the agendas.",
    ),
    "sspf minutes": (
        "SSPF-mötet hölls, men ingen kom från polisen. Protokollet skrivs in.",
        "The SSPF meeting was held without the police; minutes are recorded.",
    ),
}

CHAPTERS = {
    1: ("Första kapitlet: en 13-åring med samtycke", "a 13-year-old with a consent"),
    2: ("Andra kapitlet: en 17-åring utan samtycke", "a 17-year-old without one"),
    3: ("Tredje kapitlet: rytmen", "the rhythm: red days, moves, cancellations, follow-up"),
}
