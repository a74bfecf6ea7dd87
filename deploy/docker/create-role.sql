-- The application's role is no superuser, so that row-level security holds for it.
CREATE ROLE handraise LOGIN CREATEDB PASSWORD 'handraise';
CREATE DATABASE handraise OWNER handraise;
