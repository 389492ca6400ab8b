"""A table with what tau-ARGUS 4.2.3 made of it.

From the vignette "tau-Argus from R" of the package rtauargus 1.2.999 (MIT, Institut National de la Statistique et des
Études Économiques, 2021), section "Minimal example": `FREQ(3,10)|NK(1,85)`, suppressed with `MOD(1,5,1,0,0)`.
"""

RULE = "FREQ(3,10)|NK(1,85)"

TABLE = """\
"01";"tr1";100;10;20
"01";"tr2";50;5;15
"01";"Total";150;15;20
"02";"tr1";30;2;20
"02";"tr2";20;5;10
"02";"Total";50;7;20
"06";"tr1";60;8;16
"06";"tr2";40;6;38
"06";"Total";100;14;38
"Total";"tr1";190;20;20
"Total";"tr2";110;16;38
"Total";"Total";300;36;38
"""

METADATA = """\
   <SEPARATOR> ";"
ACTIVITY
  <RECODEABLE>
  <TOTCODE> "Total"
SIZE
  <RECODEABLE>
  <TOTCODE> "Total"
VAL
  <NUMERIC>
  <DECIMALS> 0
N_OBS
  <FREQUENCY>
MAX
  <MAXSCORE>
  <DECIMALS> 0
"""

STATUSES = {
    ("02", "tr1"): "A",
    ("02", "tr2"): "D",
    ("06", "tr1"): "D",
    ("06", "tr2"): "B",
}
"""The printed column Status, as far as it is not V."""
