"""Fixtures of the plumbing tests."""

from __future__ import annotations

from tests.plumbing.real_broker import vhost

__all__ = ["vhost"]
