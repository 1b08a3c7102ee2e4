"""Gateways: our REST and the four foreign APIs, one folder each with the same files.

An *AccessKey* signs calls for its owner. A *Nonce* of a writing call is kept so that it
cannot be replayed. A *ForeignId* maps an id that came from outside to a row of ours. An
*Operation* is an asynchronous call of a dialect.
"""
