using System;
using System.Linq;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace BrightKitchen.CentralServer.Data.Migrations
{
    /// <inheritdoc />
    public partial class ForeignKeysAndLengths : Migration
    {
        // What belongs to its owner (CASCADE) is worth nothing without it; everything else stays, whatever became of what it names.
        private static readonly (string Table, string Column, string Principal, string OnDelete)[] Keys =
        [
            ("ApiTokens", "PersonId", "AspNetUsers", "CASCADE"),
            ("Areas", "SiteId", "Sites", "CASCADE"),
            ("Boxes", "SiteId", "Sites", "RESTRICT"),
            ("Cameras", "BoxId", "Boxes", "CASCADE"),
            ("Cases", "HandedToRegionId", "Regions", "RESTRICT"),
            ("Cases", "SiteId", "Sites", "RESTRICT"),
            ("CaseSteps", "CaseId", "Cases", "RESTRICT"),
            ("ChainEntries", "BoxId", "Boxes", "RESTRICT"),
            ("Draws", "PersonId", "AspNetUsers", "RESTRICT"),
            ("Draws", "RegionId", "Regions", "RESTRICT"),
            ("DrawSteps", "PersonId", "AspNetUsers", "RESTRICT"),
            ("DrawSteps", "DrawId", "Draws", "RESTRICT"),
            ("EnrolmentCodes", "SiteId", "Sites", "CASCADE"),
            ("Findings", "BoxId", "Boxes", "RESTRICT"),
            ("Findings", "SiteId", "Sites", "RESTRICT"),
            ("FindingSteps", "FindingId", "Findings", "RESTRICT"),
            ("Grants", "PersonId", "AspNetUsers", "CASCADE"),
            ("Grants", "RegionId", "Regions", "CASCADE"),
            ("Grants", "SiteId", "Sites", "CASCADE"),
            ("Invitations", "SiteId", "Sites", "CASCADE"),
            ("KioskReceipts", "KioskId", "Kiosks", "RESTRICT"),
            ("Kiosks", "SiteId", "Sites", "RESTRICT"),
            ("PushSubscriptions", "PersonId", "AspNetUsers", "CASCADE"),
            ("Records", "Corrects", "Records", "RESTRICT"),
            ("Records", "SiteId", "Sites", "RESTRICT"),
            ("Records", "StaffId", "Staff", "RESTRICT"),
            ("Regions", "ParentId", "Regions", "RESTRICT"),
            ("Risks", "SiteId", "Sites", "CASCADE"),
            ("Sites", "RegionId", "Regions", "RESTRICT"),
            ("Staff", "SiteId", "Sites", "RESTRICT"),
            ("Webhooks", "PersonId", "AspNetUsers", "CASCADE"),
        ];

        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            foreach (var (table, column, principal, _) in Keys.Where(k => k.OnDelete == "CASCADE"))
                migrationBuilder.Sql($"""
                    DELETE FROM "{table}" WHERE "{column}" IS NOT NULL
                      AND NOT EXISTS (SELECT 1 FROM "{principal}" p WHERE p."Id" = "{table}"."{column}");
                    """);

            EditSchema(migrationBuilder, clause => $"substr(sql, 1, length(sql) - 1) || '{clause})'");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder) =>
            EditSchema(migrationBuilder, clause => $"replace(sql, '{clause}', '')");

        // Not by EF's way, which builds each table again: that loses the append-only triggers, fails on a row whose target is gone, and
        // ends the transaction halfway. Constraints are text that changes nothing of what is stored, and SQLite documents to edit it
        // (https://www.sqlite.org/lang_altertable.html#making_other_kinds_of_table_schema_changes). Lengths are nothing to SQLite.
        private static void EditSchema(MigrationBuilder migrationBuilder, Func<string, string> edited)
        {
            migrationBuilder.Sql("PRAGMA writable_schema = ON;");
            foreach (var (table, column, principal, onDelete) in Keys)
            {
                var clause = $", CONSTRAINT \"FK_{table}_{principal}_{column}\" FOREIGN KEY (\"{column}\")"
                    + $" REFERENCES \"{principal}\" (\"Id\") ON DELETE {onDelete}";
                migrationBuilder.Sql($"UPDATE sqlite_schema SET sql = {edited(clause)} WHERE type = 'table' AND name = '{table}';");
            }

            // Read again here; and a table that comes and goes raises the schema's version, by which every other connection reads it again.
            migrationBuilder.Sql("PRAGMA writable_schema = RESET;");
            migrationBuilder.Sql("CREATE TABLE \"ForeignKeysAndLengths\" (\"Id\" INTEGER); DROP TABLE \"ForeignKeysAndLengths\";");
        }
    }
}
