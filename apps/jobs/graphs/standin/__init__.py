"""A stand-in for NebulaGraph, for tests and the acceptance demo. It is not a graph database.

It speaks the wire protocol with the server classes that come with the official Python
client, and evaluates a small part of nGQL over vertices and edges read from CSV files:

    USE space
    YIELD expression [AS name], …
    FETCH PROP ON tag[, tag …] | * "vid"[, "vid" …] YIELD …
    LOOKUP ON tag [WHERE …] YIELD …
    GO [n STEPS] FROM "vid"[, …] OVER edge[, …] | * [REVERSELY | BIDIRECT] [WHERE …] YIELD [DISTINCT] …
    MATCH (v:tag {name: "…"})-[e:edge]->(w)<-[…]-(…) [WHERE …] RETURN [DISTINCT] …
        [ORDER BY …] [SKIP n] [LIMIT n]
    … | ORDER BY $-.name [DESC][, …]      … | LIMIT n

Expressions know texts, numbers, true, false, null, lists, == != < <= > >= IN CONTAINS AND OR
NOT, `id()`, `properties()`, `src()`, `dst()`, `type()`, `rank()`, `vertex`, `edge`, `$^.tag.name`,
`$$.tag.name`, `v.tag.name` and `e.name`. Everything else is refused as a syntax error.
"""
