"""Licences as recipes write them to the identifiers that Hugging Face knows."""

_KNOWN = frozenset(
    "apache-2.0 mit bsd bsd-2-clause bsd-3-clause cc cc0-1.0 cc-by-2.0 cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 "
    "cc-by-sa-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nd-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 cc-by-nc-sa-2.0 "
    "cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 cdla-sharing-1.0 cdla-permissive-1.0 cdla-permissive-2.0 epl-2.0 etalab-2.0 "
    "eupl-1.2 agpl-3.0 gfdl gpl gpl-2.0 gpl-3.0 lgpl lgpl-2.1 lgpl-3.0 isc mpl-2.0 odc-by odbl pddl postgresql "
    "unlicense zlib".split()
)
_ALIASES = {"odc-by-1.0": "odc-by", "odbl-1.0": "odbl", "pddl-1.0": "pddl", "apache2": "apache-2.0", "cc0": "cc0-1.0"}


def hub_license(name: str) -> str:
    """Return the identifier of a licence on the Hugging Face Hub, "other" where it has none.

    >>> hub_license("ODC-By-1.0"), hub_license("GPL-3.0-or-later"), hub_license("internal")
    ('odc-by', 'gpl-3.0', 'other')
    """
    plain = name.strip().lower().removesuffix("-only").removesuffix("-or-later")
    known = _ALIASES.get(plain, plain)
    return known if known in _KNOWN else "other"
