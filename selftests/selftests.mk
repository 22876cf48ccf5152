# SPDX-License-Identifier: GPL-2.0-only
# How tests are built and run.
