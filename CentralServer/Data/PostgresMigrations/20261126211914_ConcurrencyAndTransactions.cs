using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace BrightKitchen.CentralServer.Data.PostgresMigrations
{
    /// <inheritdoc />
    public partial class ConcurrencyAndTransactions : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "Version",
                table: "Staff",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<long>(
                name: "Transaction",
                table: "FindingSteps",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<long>(
                name: "Version",
                table: "Findings",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<long>(
                name: "CaseTransaction",
                table: "EventCursors",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<long>(
                name: "FindingTransaction",
                table: "EventCursors",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<long>(
                name: "Transaction",
                table: "CaseSteps",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<long>(
                name: "Version",
                table: "Cases",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            // What is there was settled long ago: 0, as cursors begin at. Only what is written from now on has its transaction.
            migrationBuilder.Sql("""
                ALTER TABLE "FindingSteps" ALTER COLUMN "Transaction" SET DEFAULT (pg_current_xact_id()::text)::bigint;
                ALTER TABLE "CaseSteps" ALTER COLUMN "Transaction" SET DEFAULT (pg_current_xact_id()::text)::bigint;
                """);

            migrationBuilder.CreateIndex(
                name: "IX_FindingSteps_Transaction_Id",
                table: "FindingSteps",
                columns: new[] { "Transaction", "Id" });

            migrationBuilder.CreateIndex(
                name: "IX_CaseSteps_Transaction_Id",
                table: "CaseSteps",
                columns: new[] { "Transaction", "Id" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_FindingSteps_Transaction_Id",
                table: "FindingSteps");

            migrationBuilder.DropIndex(
                name: "IX_CaseSteps_Transaction_Id",
                table: "CaseSteps");

            migrationBuilder.DropColumn(
                name: "Version",
                table: "Staff");

            migrationBuilder.DropColumn(
                name: "Transaction",
                table: "FindingSteps");

            migrationBuilder.DropColumn(
                name: "Version",
                table: "Findings");

            migrationBuilder.DropColumn(
                name: "CaseTransaction",
                table: "EventCursors");

            migrationBuilder.DropColumn(
                name: "FindingTransaction",
                table: "EventCursors");

            migrationBuilder.DropColumn(
                name: "Transaction",
                table: "CaseSteps");

            migrationBuilder.DropColumn(
                name: "Version",
                table: "Cases");
        }
    }
}
