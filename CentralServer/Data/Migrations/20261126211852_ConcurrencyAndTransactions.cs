using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace BrightKitchen.CentralServer.Data.Migrations
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
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<long>(
                name: "Transaction",
                table: "FindingSteps",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<long>(
                name: "Version",
                table: "Findings",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<long>(
                name: "CaseTransaction",
                table: "EventCursors",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<long>(
                name: "FindingTransaction",
                table: "EventCursors",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<long>(
                name: "Transaction",
                table: "CaseSteps",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<long>(
                name: "Version",
                table: "Cases",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
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
