# Runs a migration of Rails with an adapter that writes its statements down; add_index as Active Record 7.1 writes it.
require "json"

module ActiveRecord
  class Migration
    def self.[](_version) = self

    def self.disable_ddl_transaction! = @outside = true

    def self.outside? = @outside

    attr_reader :statements

    def initialize = @statements = []

    def execute(sql) = @statements << sql

    def quote(name) = %("#{name.to_s.gsub('"', '""')}")

    def add_index(table, columns, name:, algorithm:, if_not_exists:, order: {}, opclass: {}, using: nil, include: nil, where: nil)
      raise "not concurrently" unless algorithm == :concurrently && if_not_exists
      raise "no list" unless columns.is_a?(Array) || columns.match?(/\W/)
      keys = columns unless columns.is_a?(Array)
      keys ||= columns.map { |one| [quote(one), opclass[one], order[one]&.upcase].compact.join(" ") }.join(", ")
      sql = ["CREATE INDEX CONCURRENTLY IF NOT EXISTS", quote(name), "ON", table.split(".").map { |one| quote(one) }.join(".")]
      sql << "USING #{using}" if using
      sql << "(#{keys})"
      sql << "INCLUDE (#{include.map { |one| quote(one) }.join(', ')})" if include
      sql << "WHERE #{where}" if where
      execute sql.join(" ")
    end
  end
end

load File.expand_path(ARGV[0])
migration = ObjectSpace.each_object(Class).find { |one| one < ActiveRecord::Migration }
raise "in a transaction" unless migration.outside?
statements = %i[up down].map { |direction| migration.new.tap(&direction).statements }
puts JSON.generate(statements)
