-- The application's role is no superuser, so that row-level security holds for it.
CREATE ROLE handraise LOGIN CREATEDB PASSWORD 'handraise';
CREATE DATABASE handraise OWNER handraise;
-- What the front door acts as: it owns nothing and sees the rows of one tenant at a time.
CREATE ROLE handraise_api NOLOGIN;
GRANT handraise_api TO handraise;
