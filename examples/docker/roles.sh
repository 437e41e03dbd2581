#!/bin/sh
# The roles and the database of docs/several-machines.md, as PostgreSQL's image makes them at its first start.
set -eu
psql -v ON_ERROR_STOP=1 -v owner="$DB_OWNER_PASSWORD" -v controllers="$DB_PASSWORD" <<'SQL'
CREATE ROLE belplan_owner LOGIN PASSWORD :'owner';
CREATE ROLE belplan LOGIN PASSWORD :'controllers';
ALTER ROLE belplan SET client_connection_check_interval = '2s';
CREATE ROLE belplan_reports NOLOGIN;
CREATE DATABASE belplan OWNER belplan_owner;
SQL
