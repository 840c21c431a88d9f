"""Orders: what was claimed becomes one order per customer and show, is paid, packed and sent.

`model` holds the values. What decides is pure: `states` (what may follow what), `pricing` with
`discounting`, `tax` and `tenders` (what it costs), `shipping` (what leaves together, and for how
much), `addresses` with `likeness` (where to), `numbers` (what an order is called) and `gate` (what
a person must look at).
"""
