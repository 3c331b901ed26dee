"""The made-up people on whom Face2Vec is shown and tested: nobody's own photo is needed.

They are put together out of two public-domain portraits (`portraits`), to looks drawn from a seed
(`people`), and photographed under varying conditions (`photos`). Figures on them say that the
program works, not how well it tells real people apart.
"""
