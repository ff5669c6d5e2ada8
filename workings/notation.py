"""The notation the engine reads, as tables: new notation is one row here and one row in a test."""

from __future__ import annotations

RELATIONS = {
    "=": "=", ":=": ":=", "\\equiv": ":=", "\\triangleq": ":=", "\\coloneqq": ":=",
    "\\doteq": ":=", "\\eqdef": ":=", "\\stackrel": "=", "\\neq": "≠", "\\ne": "≠", "≠": "≠",
    "<": "<", "\\lt": "<", ">": ">", "\\gt": ">", "\\le": "≤", "\\leq": "≤", "≤": "≤",
    "\\leqslant": "≤", "\\ge": "≥", "\\geq": "≥", "≥": "≥", "\\geqslant": "≥",
    "\\approx": "≈", "\\simeq": "≈", "≈": "≈", "\\in": "∈", "∈": "∈", "\\propto": "∝",
    "\\leftarrow": "←", "\\gets": "←",
    "\\sim": "∼", "\\subset": "⊂", "\\subseteq": "⊂", "\\preceq": "≼", "\\succeq": "≽",
}  # fmt: skip
ARROWS = {"\\implies", "\\Rightarrow", "\\Longrightarrow", "\\iff", "\\Leftrightarrow",
          "\\Longleftrightarrow", "\\therefore", "\\because"}  # fmt: skip

# How tightly an infix operator binds; `+` and `-` close a sum's body, the rest stay inside it.
# Design: A ∘ B C is A ∘ (B C), and u : e ⊙ v is u : (e ⊙ v).
INFIX = {
    "+": (1, "add"), "-": (1, "subtract"), "\\pm": (1, "?"), "\\mp": (1, "?"),
    ":": (2, "inner"),
    "\\odot": (3, "elementwise"), "\\circ": (3, "elementwise"), "\\otimes": (3, "outer"),
    "*": (4, "times"), "\\cdot": (4, "dot"), "\\times": (4, "times"), "\\ast": (4, "times"),
    "/": (4, "divide"), "\\div": (4, "divide"), "\\over": (0, "?"),
}  # fmt: skip

# Functions of one value, applied entry by entry to a vector or a matrix.
ELEMENTWISE = {"exp", "log", "sqrt", "tanh", "sinh", "cosh", "sin", "cos", "sigmoid", "abs", "sech",
               "log2", "log10", "log1p", "expm1", "softplus", "relu", "sign", "tan"}  # fmt: skip
SPELLINGS = {"ln": "log", "logistic": "sigmoid", "ReLU": "relu", "Softmax": "softmax",
             "sgn": "sign",
             "Diag": "diag", "Tr": "tr", "trace": "tr", "LogSumExp": "logsumexp",
             "logsoftmax": "log_softmax"}  # fmt: skip
# Functions of whole vectors and matrices; a page may define these names for itself.
WHOLE = {"softmax", "log_softmax", "logsumexp", "diag", "tr", "max", "min", "sum"}
FUNCTIONS = ELEMENTWISE | WHOLE | set(SPELLINGS)
REDEFINABLE = {"sigmoid", "logistic", "relu", "ReLU", "softplus", "softmax", "Softmax", "logsumexp",
               "LogSumExp", "log_softmax", "logsoftmax"}  # fmt: skip
BIG = {"\\sum": "sum", "\\prod": "product", "\\max": "max", "\\min": "min", "∑": "sum"}

GREEK = {
    "alpha",
    "beta",
    "gamma",
    "delta",
    "epsilon",
    "varepsilon",
    "zeta",
    "eta",
    "theta",
    "vartheta",
    "iota",
    "kappa",
    "lambda",
    "mu",
    "nu",
    "xi",
    "pi",
    "rho",
    "varrho",
    "sigma",
    "varsigma",
    "tau",
    "upsilon",
    "phi",
    "varphi",
    "chi",
    "psi",
    "omega",
    "Gamma",
    "Delta",
    "Theta",
    "Lambda",
    "Xi",
    "Pi",
    "Sigma",
    "Upsilon",
    "Phi",
    "Psi",
    "Omega",
    "ell",
    "hbar",
    "imath",
    "jmath",
    "aleph",
    "Re",
    "Im",
    "wp",
}
ACCENTS = {"hat": "hat", "widehat": "hat", "bar": "bar", "overline": "bar", "tilde": "tilde",
           "widetilde": "tilde", "vec": "vec", "dot": "dot", "ddot": "ddot", "check": "check",
           "mathbf": "mathbf", "boldsymbol": "mathbf", "bm": "mathbf", "bf": "mathbf",
           "mathcal": "mathcal", "cal": "mathcal", "mathscr": "mathcal", "mathbb": "mathbb",
           "mathfrak": "mathfrak", "pmb": "mathbf", "boldmath": "mathbf"}  # fmt: skip
UPRIGHT = {"mathrm", "rm", "mathit", "it", "mathsf", "mathtt", "tt", "mathnormal", "operatorname",
           "operatorname*", "textbf", "textit", "textsf", "texttt", "mathop",
           "textnormal"}  # fmt: skip
TEXT = {"text", "mbox", "hbox", "textrm", "intertext", "textnormal"}
OPENING = {"(": ")", "[": "]", "\\{": "\\}", "\\lbrace": "\\rbrace", "\\lbrack": "\\rbrack",
           "\\lparen": "\\rparen"}  # fmt: skip
CLOSING = set(OPENING.values())

# Presentation: dropped alone, dropped with arguments, or dropped around an argument that stays.
SILENT = {"left", "right", "middle", "displaystyle", "textstyle", "scriptstyle", "limits",
          "nolimits", "nonumber", "notag", ",", ";", ":", "!", " ", ">", "thinspace", "medspace",
          "thickspace", "hfill", "strut", "mathstrut", "hline", "noindent", "allowbreak",
          "scriptscriptstyle", "centering", "relax", "enspace", "negthinspace", "smallskip",
          "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr", "Biggl",
          "Biggr", "bigm", "Bigm", "biggm", "Biggm", "normalsize", "small", "large"}  # fmt: skip
SWALLOW = {"label": 1, "tag": 1, "tag*": 1, "hspace": 1, "hspace*": 1, "vspace": 1, "phantom": 1,
           "hphantom": 1, "vphantom": 1, "ref": 1, "eqref": 1, "color": 1, "kern": 0}  # fmt: skip
KEEP_LAST = {"textcolor": 1, "boxed": 0, "cancel": 0, "bcancel": 0, "xcancel": 0, "underline": 0,
             "fbox": 0, "colorbox": 1, "class": 1, "cssId": 1, "style": 1, "href": 1, "smash": 0,
             "mathrel": 0, "mathbin": 0, "mathord": 0, "mathopen": 0, "mathclose": 0,
             "overset": 1, "underset": 1, "stackrel": 1, "ensuremath": 0, "eqalign": 0,
             "fcolorbox": 2, "enclose": 1, "mathinner": 0, "sout": 0, "hl": 0}  # fmt: skip
BRACES = {"underbrace": "_", "overbrace": "^"}
ARGUMENTS = {"frac": 2, "dfrac": 2, "tfrac": 2, "cfrac": 2, "sqrt": 1, "substack": 1, "binom": 2}

# Rows of these environments are rows of the display; the others hold one value.
LAYOUT = {"align", "aligned", "alignat", "alignedat", "flalign", "split", "gather", "gathered",
          "equation", "eqnarray", "array", "multline", "displaymath", "math"}  # fmt: skip
VALUES = {"cases", "dcases", "rcases", "matrix", "pmatrix", "bmatrix", "Bmatrix", "vmatrix",
          "Vmatrix", "smallmatrix"}  # fmt: skip

CONDITION_WORDS = {"if", "when", "for", "whenever", "provided", "forall", "unless"}
DEFAULT_WORDS = {"otherwise", "else", "elsewhere"}
LINK_WORDS = {"and", "where", "with", "since", "as", "so", "hence", "thus", "because", "given",
              "then", "therefore", "or", "but", "also", "that", "is"}  # fmt: skip
WORDS = CONDITION_WORDS | DEFAULT_WORDS

UNICODE = {"−": "-", "–": "-", "—": "-", "’": "'", "′": "'", "‘": "'", "×": "\\times",
           "·": "\\cdot",
           "⋅": "\\cdot", "∂": "\\partial", "∇": "\\nabla", "⊙": "\\odot", "∘": "\\circ",
           "→": "\\to",
           "⊤": "\\top", "∞": "\\infty", "…": "\\dots", "δ": "\\delta", "σ": "\\sigma",
           "μ": "\\mu", "θ": "\\theta", "α": "\\alpha", "β": "\\beta", "γ": "\\gamma",
           "λ": "\\lambda", "ε": "\\epsilon", "π": "\\pi", "τ": "\\tau", "φ": "\\phi",
           "η": "\\eta", "ℓ": "\\ell", "Σ": "\\Sigma", "∏": "\\prod", "⇒": "\\Rightarrow",
           "ω": "\\omega", "κ": "\\kappa", "ρ": "\\rho", "ξ": "\\xi"}  # fmt: skip
