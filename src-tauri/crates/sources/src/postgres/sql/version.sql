-- Which server this is; answered by every version, so asked before anything that an old one would not know.
SELECT current_setting('server_version_num')::int4 AS number,
       split_part(current_setting('server_version'), ' ', 1) AS version
