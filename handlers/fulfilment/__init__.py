"""Fulfilment: what is paid is picked, packed, labelled and sent.

Pure are `pick_lists` (what to fetch, bin by bin), `scanning` (what a scan means for the parcel on
the table), `shipping_labels` and `tracking` (to label software and back, with `carriers`), and
`slips` (what stands on paper, as the values of `papers`).

Over them: `leasing` (who packs what), `contents` (a parcel as its rows say), `packing` and
`sending` (what is done to it), `stock` (what that means for the stock, nowhere else), `following`
(orders go along), `desk` (the commands), `seeing` (the page), `printing` (papers and files).
"""
