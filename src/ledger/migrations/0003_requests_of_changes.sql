-- Which request made a change, so that it can be taken back: the catalogue's name of the operation, and the path
-- with its ids. Empty for changes of layout 2.
ALTER TABLE changes ADD COLUMN operation TEXT;
ALTER TABLE changes ADD COLUMN path TEXT;
