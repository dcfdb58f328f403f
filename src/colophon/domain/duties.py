"""Which roles do what, for pages that show only what somebody may do, and for acts that are decided brand by brand.

Routes are opened by the table of `colophon.domain.access`, which says the same.
"""

from colophon.domain.account import Role

ORDERS = (Role.MARKETER, Role.ADMIN)
APPROVES = (Role.APPROVER, Role.ADMIN)
REJECTS = (Role.REVIEWER, Role.APPROVER, Role.ADMIN)
COMMENTS = (Role.MARKETER, Role.REVIEWER, Role.APPROVER, Role.AUDITOR, Role.PUBLISHER, Role.ADMIN)
FOCUSES = (Role.MARKETER, Role.REVIEWER, Role.APPROVER, Role.ADMIN)
VERIFIES = (Role.REVIEWER, Role.APPROVER, Role.AUDITOR, Role.PUBLISHER, Role.ADMIN)
PUBLISHES = (Role.PUBLISHER, Role.ADMIN)
